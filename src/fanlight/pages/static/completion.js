// Tells the window that opened this one how it ended, and lets the button close it.
// Everything it says stands in data attributes of the page, because the page's policy forbids inline scripts.
"use strict";

(() => {
  const outcome = document.getElementById("outcome");
  const button = document.querySelector("button#oauth-close-window");

  function tell(opener, { type, memberGuid, errorReason, origins }) {
    const message = {
      mx: true,
      type,
      metadata: { member_guid: memberGuid, error_reason: errorReason ?? null },
    };
    for (const origin of JSON.parse(origins)) {
      try {
        opener.postMessage(message, origin);
      } catch {
        // An opener that is gone, or an origin that this browser cannot read: the page says the same in words.
      }
    }
  }

  function close() {
    window.close();
    // A browser closes only windows that a script opened. Whoever still sees this has to do it by hand.
    setTimeout(() => {
      button.hidden = true;
      document.getElementById("leave-yourself").hidden = true;
      document.getElementById("close-refused").hidden = false;
    }, 400);
  }

  if (outcome.dataset.type && window.opener) {
    tell(window.opener, outcome.dataset);
  }
  if (button) {
    button.hidden = false;
    button.addEventListener("click", close);
  }
})();

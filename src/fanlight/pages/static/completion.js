// Tells the window that opened this one how it ended, and lets the button close it.
// Everything it says stands in data attributes of the page, because the page's policy forbids inline scripts.
"use strict";

(() => {
  const outcome = document.getElementById("outcome");
  const button = document.querySelector("button#oauth-close-window");

  function tell(opener, { type, memberGuid, errorReason, oauthStateGuid, origins }) {
    const metadata = { member_guid: memberGuid, error_reason: errorReason ?? null };
    if (oauthStateGuid) {
      metadata.oauth_state_guid = oauthStateGuid; // for clients that have to confirm it
    }
    const message = { mx: true, type, metadata };
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

"""The safe of tokens: sealed for their grant before they are kept, opened for one use."""

import msgspec

from fanlight.core.grants import Grant
from fanlight.institutions.answers import Said, Saying
from fanlight.institutions.port import Tokens
from fanlight.storage.vault import Vault, VaultError

PURPOSE = "grant"


class TokenSafe:
    """Seals and opens the tokens of grants."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, context: str, tokens: Tokens) -> bytes:
        """The tokens for the grant of a context; an id_token has served when its subject was read."""
        kept = msgspec.structs.replace(tokens, id_token=None)
        return self._vault.seal(PURPOSE, context, msgspec.json.encode(kept))

    def open(self, grant: Grant) -> Tokens:
        """The tokens; raises Said(CONSENT_EXPIRED) when they cannot be opened, so that the person is asked again."""
        try:
            plaintext = self._vault.open(PURPOSE, grant.context, grant.sealed)
        except VaultError as error:
            told = "This server cannot open the stored permission; the person has to give it again."
            raise Said(Saying.CONSENT_EXPIRED, "the stored grant cannot be opened", told=told) from error
        return msgspec.json.decode(plaintext, type=Tokens)

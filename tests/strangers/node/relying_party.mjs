// openid-client against an authorization server: one whole flow, as its configuration asks.
import { createInterface } from 'node:readline';
import * as client from 'openid-client';

const asked = JSON.parse(process.argv[2]);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (value) => console.log(JSON.stringify(value));
const refusal = async (attempt) => {
  try {
    await attempt;
    return 'accepted';
  } catch (error) {
    return error.error ?? error.cause?.error ?? error.code ?? String(error);
  }
};

async function signingKey() {
  const key = await crypto.subtle.importKey('jwk', asked.jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  return { key, kid: asked.jwk.kid };
}

async function authentication() {
  switch (asked.auth) {
    case 'private_key_jwt':
      return client.PrivateKeyJwt(await signingKey());
    case 'client_secret_post':
      return client.ClientSecretPost(asked.secret);
    default:
      return client.ClientSecretBasic(asked.secret);
  }
}

const config = await client.discovery(
  new URL(asked.issuer),
  asked.client_id,
  { client_secret: asked.secret, authorization_signed_response_alg: 'ES256', id_token_signed_response_alg: 'ES256' },
  await authentication(),
  { execute: [client.allowInsecureRequests], algorithm: asked.algorithm ?? 'oidc' },
);
client.enableNonRepudiationChecks(config);
if (asked.jarm) client.useJwtResponseMode(config);
const options = asked.dpop ? { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) } : {};

async function authorizationUrl(parameters) {
  let sent = new URLSearchParams(parameters);
  if (asked.jar) {
    const signed = await client.buildAuthorizationUrlWithJAR(config, sent, await signingKey());
    if (!asked.par) return signed;
    sent = signed.searchParams;
  }
  return asked.par
    ? client.buildAuthorizationUrlWithPAR(config, sent, options)
    : client.buildAuthorizationUrl(config, sent);
}

async function authorized() {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const url = await authorizationUrl({
    redirect_uri: asked.redirect_uri,
    scope: asked.scope,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...asked.extra,
  });
  say({ go: url.href });
  const back = new URL((await lines.next()).value);
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return { url, back, grant: () => client.authorizationCodeGrant(config, back, checks, undefined, options) };
}

const api = (token) =>
  client
    .fetchProtectedResource(config, token, new URL(asked.data), 'GET', undefined, undefined, options)
    .then((response) => response.status, (error) => error.status ?? error.cause?.[0]?.status ?? String(error));

const seen = {};
const flow = await authorized();
seen.parameters = [...flow.url.searchParams.keys()].sort();
seen.answer = [...flow.back.searchParams.keys()].sort();
if (asked.denied) {
  seen.denied = await refusal(flow.grant());
  say({ done: seen });
  process.exit();
}
const tokens = await flow.grant();
const subject = tokens.claims().sub;
seen.token_type = tokens.token_type;
seen.scope = tokens.scope;
seen.details = tokens.authorization_details ?? null;
seen.data = await api(tokens.access_token);
seen.userinfo = (await client.fetchUserInfo(config, tokens.access_token, subject, options)).sub === subject;
const told = await client.tokenIntrospection(config, tokens.access_token);
seen.introspected = { active: told.active, bound: told.cnf?.jkt !== undefined, token_type: told.token_type };
if (asked.dpop) {
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  seen.as_bearer = (await fetch(asked.data, { headers })).status;
  const other = { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) };
  seen.other_key = await client
    .fetchProtectedResource(config, tokens.access_token, new URL(asked.data), 'GET', undefined, undefined, other)
    .then((response) => response.status, (error) => error.status);
}
const second = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, options);
seen.rotated = second.refresh_token !== tokens.refresh_token;
seen.refreshed_data = await api(second.access_token);
await client.tokenRevocation(config, second.access_token);
seen.revoked_access = await api(second.access_token);
const third = await client.refreshTokenGrant(config, second.refresh_token, undefined, options);
seen.reused = await refusal(client.refreshTokenGrant(config, tokens.refresh_token, undefined, options));
seen.killed = await refusal(client.refreshTokenGrant(config, third.refresh_token, undefined, options));
seen.killed_data = await api(third.access_token);
const last = await (await authorized()).grant();
await client.tokenRevocation(config, last.refresh_token);
seen.revoked = (await client.tokenIntrospection(config, last.access_token)).active;
seen.code_replayed = await refusal(flow.grant());
say({ done: seen });
process.exit();

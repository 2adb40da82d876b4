// oidc-provider as a bank: an authorization server of the asked profile, and FDX data behind it on a port of its own.
//
// One JSON argument: { profile, client, ttl, tls }. Prints { ready, data, aliases } once both listen; `aliases` is
// where client certificates are asked for (RFC 8705 5). GET {data}/activity counts what the provider reported.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { answerInteraction } from './interaction.mjs';
import { dataHandler } from './fdx_data.mjs';

const asked = JSON.parse(process.argv[2]);
const strict = asked.profile === 'fapi2';
const certificates = asked.profile === 'mtls';
const host = asked.tls ? 'localhost' : '127.0.0.1';
const SCOPES = ['fdx:accountbasic:read', 'fdx:accountdetailed:read', 'fdx:transactions:read', 'fdx:investments:read'];
const REPORTED = [
  'pushed_authorization_request.success', 'pushed_authorization_request.error', 'authorization.error',
  'grant.success', 'grant.error', 'grant.revoked', 'access_token.issued', 'access_token.destroyed',
  'refresh_token.saved', 'refresh_token.consumed', 'refresh_token.destroyed', 'revocation.error', 'server_error',
];

const listen = async (requestCert = false) => {
  const server = asked.tls
    ? createTlsServer({ ...asked.tls.server, ca: asked.tls.ca, requestCert, rejectUnauthorized: false })
    : createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `${asked.tls ? 'https' : 'http'}://${host}:${server.address().port}` };
};

const signingKey = async (alg) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `bank-${alg}` };
};

const peer = (ctx) => {
  const certificate = ctx.socket.getPeerX509Certificate?.();
  return certificate && ctx.socket.authorized ? certificate : undefined;
};

const front = await listen();
const back = certificates ? await listen(true) : front;
const data = await listen(certificates);

const provider = new Provider(front.url, {
  clients: [asked.client],
  jwks: { keys: [await signingKey('ES256'), await signingKey('RS256')] },
  scopes: ['openid', 'offline_access', ...SCOPES],
  cookies: { keys: [randomBytes(16).toString('hex')] },
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  responseTypes: ['code'],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  ttl: {
    AccessToken: asked.ttl ?? 900, AuthorizationCode: 60, Grant: 86400, IdToken: 900, Interaction: 600,
    RefreshToken: 86400, Session: 600,
  },
  clientAuthMethods: [
    'client_secret_basic', 'client_secret_post', 'private_key_jwt', ...(certificates ? ['tls_client_auth'] : []),
  ],
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: { enabled: false },
    revocation: { enabled: true },
    introspection: { enabled: true },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: strict },
    dPoP: { enabled: strict, nonceSecret: randomBytes(32), requireNonce: () => strict },
    fapi: { enabled: strict, profile: strict ? '2.0' : undefined },
    mTLS: {
      enabled: certificates,
      certificateBoundAccessTokens: true,
      tlsClientAuth: true,
      getCertificate: peer,
      certificateAuthorized: (ctx) => ctx.socket.authorized,
      certificateSubjectMatches: (ctx, property, expected) =>
        property === 'tls_client_auth_san_dns' && peer(ctx).subjectAltName?.split(', ').includes(`DNS:${expected}`),
    },
  },
});

const counts = {};
for (const name of REPORTED) {
  provider.on(name, (...details) => {
    counts[name] = (counts[name] ?? 0) + 1;
    if (name.endsWith('error')) console.error(name, details.find((each) => each instanceof Error));
  });
}

const answer = provider.callback();
const authorization = (request, response) =>
  request.url.startsWith('/interaction/') ? answerInteraction(provider, request, response) : answer(request, response);
front.server.on('request', authorization);
if (back !== front) back.server.on('request', authorization);
const sha256 = (text) => createHash('sha256').update(text).digest('base64url');
data.server.on('request', dataHandler({ provider, counts, strict, certificates, url: data.url, sha256 }));
console.log(JSON.stringify({ ready: front.url, data: data.url, aliases: back.url }));

// FDX data of two accounts, and how access tokens are asked for: as Bearer, with a DPoP proof, or with a certificate.
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose';

const DAY = 86_400_000;
const NONCE = 'a-nonce-of-the-data-server';

const day = (ago) => new Date(Date.now() - ago * DAY).toISOString();
const ACCOUNTS = [
  {
    accountCategory: 'DEPOSIT_ACCOUNT', accountId: 'checking-1', accountType: 'CHECKING', accountNumberDisplay: '4321',
    nickname: 'Everyday', status: 'OPEN', currency: { currencyCode: 'USD' }, currentBalance: 1200.5, availableBalance: 1100,
  },
  {
    accountCategory: 'LOC_ACCOUNT', accountId: 'card-1', accountType: 'CREDITCARD', accountNumberDisplay: '8765',
    nickname: 'Card', status: 'OPEN', currency: { currencyCode: 'USD' }, currentBalance: 310.25, creditLine: 5000,
  },
];
const transactions = (account) =>
  [1, 2, 3].map((number) => ({
    accountCategory: account.accountCategory,
    transactionId: `${account.accountId}-${number}`,
    postedTimestamp: day(number),
    transactionTimestamp: day(number),
    description: `PURCHASE ${number}`,
    debitCreditMemo: 'DEBIT',
    amount: 10 + number,
    status: 'POSTED',
  }));

class Refused extends Error {
  constructor(scheme, error, headers = {}) {
    super(error);
    this.headers = { ...headers, 'www-authenticate': `${scheme} error="${error}"` };
  }
}

async function proven(bank, request, token) {
  const proof = request.headers.dpop;
  if (proof === undefined) throw new Refused('DPoP', 'invalid_dpop_proof');
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'] })
    .catch(() => { throw new Refused('DPoP', 'invalid_dpop_proof'); });
  if (payload.nonce !== NONCE) throw new Refused('DPoP', 'use_dpop_nonce', { 'dpop-nonce': NONCE });
  const url = new URL(request.url, bank.url);
  const fits = payload.htm === request.method && payload.htu === `${bank.url}${url.pathname}`;
  if (!fits || payload.ath !== bank.sha256(token) || bank.seen.has(payload.jti)) {
    throw new Refused('DPoP', 'invalid_dpop_proof');
  }
  bank.seen.add(payload.jti);
  return calculateJwkThumbprint(protectedHeader.jwk);
}

async function authorized(bank, request) {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  const found = token ? await bank.provider.AccessToken.find(token) : undefined;
  if (found === undefined || !found.isValid) throw new Refused(scheme || 'Bearer', 'invalid_token');
  if (bank.strict !== (scheme === 'DPoP')) throw new Refused('DPoP', 'invalid_token');
  if (bank.strict && (await proven(bank, request, token)) !== found.jkt) throw new Refused('DPoP', 'invalid_token');
  if (bank.certificates) {
    const shown = request.socket.getPeerX509Certificate();
    if (shown === undefined || bank.sha256(shown.raw) !== found['x5t#S256']) throw new Refused('Bearer', 'invalid_token');
  }
  return found;
}

function document(path, owner) {
  if (path === '/fdx/v6/accounts') return { page: {}, accounts: ACCOUNTS };
  if (path === '/fdx/v6/customers/current') return { customerId: owner };
  const [, id, list] = path.match(/^\/fdx\/v6\/accounts\/([^/]+)(\/transactions)?$/) ?? [];
  const account = ACCOUNTS.find((each) => each.accountId === id);
  return list && account ? { page: {}, transactions: transactions(account) } : account;
}

export function dataHandler(bank) {
  bank.seen = new Set();
  return async (request, response) => {
    response.setHeader('content-type', 'application/json');
    const path = new URL(request.url, bank.url).pathname;
    if (path === '/activity') return response.end(JSON.stringify(bank.counts));
    try {
      const found = document(path, (await authorized(bank, request)).accountId);
      bank.counts.read = (bank.counts.read ?? 0) + 1;
      response.statusCode = found === undefined ? 404 : 200;
      return response.end(JSON.stringify(found ?? { code: '701', message: 'There is no such account.' }));
    } catch (error) {
      response.writeHead(error.headers ? 401 : 500, error.headers ?? {});
      return response.end(JSON.stringify({ code: '603', message: String(error) }));
    }
  };
}

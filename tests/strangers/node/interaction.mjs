// The page on which a customer signs in and decides, all in one: any name will do.
const page = (client) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in</title><link rel="icon" href="data:,"></head>
<body><h1>Stranger Bank</h1><p>${client} asks to read your accounts.</p>
<form method="post">
  <label>User name <input name="username" required></label>
  <button name="decision" value="authorize">Authorize</button>
  <button name="decision" value="deny">Do not allow</button>
</form></body></html>`;

async function fieldsOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

async function decided(provider, fields, { params, grantId }) {
  if (fields.get('decision') !== 'authorize') {
    return { error: 'access_denied', error_description: 'The customer said no.' };
  }
  const accountId = fields.get('username');
  const kept = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant = kept ?? new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  return { login: { accountId }, consent: { grantId: await grant.save() } };
}

export async function answerInteraction(provider, request, response) {
  try {
    const details = await provider.interactionDetails(request, response);
    if (request.method === 'POST') {
      const result = await decided(provider, await fieldsOf(request), details);
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    } else {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(page(details.params.client_id));
    }
  } catch (error) {
    response.statusCode = 400;
    response.end(String(error));
  }
}

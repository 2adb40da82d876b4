// The least stranger: says hello on a free port. Shows that node starts and is found.
import { createServer } from 'node:http';
import * as client from 'openid-client';

const server = createServer((_, response) => response.end(typeof client.discovery));
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ ready: `http://127.0.0.1:${server.address().port}` }));
});

/**
 * A single-page application: it signs users in at the gateway from the browser, with oidc-client-ts and no secret.
 * This program only hands out its files.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    issuer: { type: 'string', default: 'http://localhost:8080/brighthr-sandbox' },
    'client-id': { type: 'string', default: 'brighthr-sandbox-spa' },
    scope: { type: 'string', default: 'openid profile offline_access' },
    port: { type: 'string', default: '3001' },
  },
});
const library = readFileSync(new URL('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js', import.meta.url));
const settings = { authority: options.issuer, client_id: options['client-id'], scope: options.scope };

const page = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Single-page application</title></head>
<body>
  <h1>Single-page application</h1>
  <button id="sign-in">Sign in</button> <button id="refresh">Refresh</button> <button id="sign-out">Sign out</button>
  <pre id="result"></pre>
  <script src="/oidc-client-ts.min.js"></script>
  <script type="module">
    const manager = new oidc.UserManager({
      ...${JSON.stringify(settings)},
      redirect_uri: location.origin + '/cb',
      post_logout_redirect_uri: location.origin + '/bye',
      loadUserInfo: true,
      automaticSilentRenew: false,
    });
    const show = (result) => { document.getElementById('result').textContent = JSON.stringify(result); };
    const say = async (work) => {
      try {
        const user = await work();
        show(user ? { signed_in: true, name: user.profile.given_name, token: user.access_token } : { signed_in: false });
      } catch (error) {
        show({ error: String(error) });
      }
    };
    document.getElementById('sign-in').onclick = () => say(() => manager.signinRedirect());
    document.getElementById('refresh').onclick = () => say(() => manager.signinSilent());
    document.getElementById('sign-out').onclick = () => say(() => manager.signoutRedirect());
    if (location.pathname === '/cb') await say(() => manager.signinRedirectCallback());
    else if (location.pathname === '/bye') await say(async () => { await manager.signoutRedirectCallback(); });
    else await say(() => manager.getUser());
  </script>
</body>
</html>
`;

const server = createServer((request, response) => {
  const isLibrary = request.url === '/oidc-client-ts.min.js';
  response.setHeader('Content-Type', isLibrary ? 'text/javascript' : 'text/html; charset=utf-8');
  response.end(isLibrary ? library : page);
});
server.listen(Number(options.port), 'localhost', () => {
  console.log(`single-page application at http://localhost:${options.port}/`);
});

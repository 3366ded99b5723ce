/** The one page of the relying party: what can be done, and the last answer as JSON. */
export function page(result) {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>Relying party</title>
  <style>
    body { font: 1rem/1.5 system-ui; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
    nav { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
    pre { background: #f2f2f2; color: #111; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
  </style>
</head>
<body>
  <h1>Relying party</h1>
  <nav>
    <a href="/">Who am I?</a>
    <a href="/login">Sign in</a>
    <a href="/login?prompt=login">Sign in anew</a>
    <a href="/me">Userinfo</a>
    ${button('/refresh', 'Refresh')}
    ${button('/introspect', 'Introspect')}
    ${button('/revoke', 'Revoke refresh token')}
    ${button('/logout', 'Log out')}
  </nav>
  <pre id="result">${escape(JSON.stringify(result, null, 2))}</pre>
</body>
</html>
`;
}

/** What changes something is a POST, so that no other site's link does it. */
const button = (action, text) => `<form method="post" action="${action}"><button>${text}</button></form>`;

const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

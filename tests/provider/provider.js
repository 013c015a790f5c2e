// An OpenID Connect provider, for the tests: the certified oidc-provider, with a sign-in page that takes any person whom
// a test told it of. Prints its address; ends when its standard input does.
//
//     node provider.js [PORT]
import { createServer } from 'node:http';
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import Provider from 'oidc-provider';
import { profiles } from './profiles.js';

// Whom it knows: what a test told with PUT /_people/{login}, as {"sub", "email", "email_verified", "amr"}.
const people = new Map();
// What it sends in the shape of another provider: PUT /_profile/{name} answers the issuer that it has then.
let profile = { path: '', discovery: {}, token: (claims) => claims, info: (claims) => claims };
// Where it is below its host.
let prefix = '';
const signing = key();
// Claims come in the ID token, or where a test asks for it only at the userinfo endpoint, as the standard has it.
let inToken = true;

function key() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' };
}

function configuration() {
  return {
    clients: [{
      client_id: 'portal',
      client_secret: 'the portal\'s secret at the provider',
      redirect_uris: ['http://127.0.0.1/login/sso/callback', 'https://portal.example.com/login/sso/callback'],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: !inToken,
    pkce: { required: () => true },
    cookies: { keys: ['a key that protects nothing'] },
    jwks: { keys: [signing] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/sign-in/${uid}` },
    findAccount: (_, sub) => {
      const person = [...people.values()].findLast((known) => known.sub === sub);
      return person && { accountId: sub, claims: () => person };
    },
    // Nobody is asked whether the portal may know their address.
    loadExistingGrant: async (ctx) => {
      const { client, session } = ctx.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email');
      await grant.save();
      return grant;
    },
  };
}

let provider;
let handle;
function begin(issuer) {
  provider = new Provider(issuer, configuration());
  // The portal may listen on any port of this machine.
  provider.Client.prototype.redirectUriAllowed = function allowed(address) {
    return this.redirectUris.includes(address.replace(/^http:\/\/(127\.0\.0\.1|localhost):\d+/, 'http://127.0.0.1'));
  };
  handle = provider.callback();
}

// An ID token with other claims, signed with the same key.
function reshaped(token) {
  const [header, claims] = token.split('.');
  const changed = profile.token(JSON.parse(Buffer.from(claims, 'base64url')));
  const message = `${header}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}`;
  const signature = sign('sha256', Buffer.from(message), createPrivateKey({ key: signing, format: 'jwk' }));
  return `${message}.${signature.toString('base64url')}`;
}

const shapes = {
  '/.well-known/openid-configuration': (body) => ({ ...body, ...profile.discovery }),
  '/token': (body) => (body.id_token ? { ...body, id_token: reshaped(body.id_token) } : body),
  '/me': (body) => profile.info(body),
};

// Lets oidc-provider answer below the prefix, and brings its answer into the profile's shape.
function shaped(request, response) {
  request.originalUrl = request.url;
  request.url = request.url.slice(prefix.length);
  const shape = shapes[new URL(request.url, 'http://provider').pathname];
  const end = response.end.bind(response);
  if (shape) {
    response.end = (body) => {
      const json = JSON.stringify(shape(JSON.parse(body)));
      response.setHeader('content-length', Buffer.byteLength(json));
      return end(json);
    };
  }
  handle(request, response);
}

async function text(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}

const page = (uid) => `<!doctype html><html lang="en"><title>Provider</title><h1>Sign in to the provider</h1>
<form method="post" action="/sign-in/${uid}"><label>Login <input name="login"></label><button>Go on</button></form>
<p><a href="/sign-in/${uid}?cancel">Cancel</a></p></html>`;

async function answer(request, response) {
  const url = new URL(request.url, 'http://provider');
  const [, place, name] = url.pathname.split('/');
  if (place === '_people' && request.method === 'PUT') {
    people.set(decodeURIComponent(name), JSON.parse(await text(request)));
    response.end();
  } else if (place === '_profile') {
    profile = profiles[name];
    prefix = profile.path.replace(/\/$/, '');
    const issuer = new URL(provider.issuer).origin + profile.path;
    begin(issuer);
    response.end(issuer);
  } else if (place === '_userinfo') {
    inToken = false;
    begin(provider.issuer);
    response.end();
  } else if (place === 'sign-in' && url.search === '?cancel') {
    const refusal = { error: 'access_denied', error_description: 'They did not want to.' };
    await provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
  } else if (place === 'sign-in' && request.method === 'POST') {
    const login = new URLSearchParams(await text(request)).get('login');
    const person = people.get(login);
    if (!person) {
      response.writeHead(422, { 'content-type': 'text/html' }).end(page(name));
      return;
    }
    const result = { login: { accountId: person.sub, amr: person.amr, remember: false } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  } else if (place === 'sign-in') {
    response.writeHead(200, { 'content-type': 'text/html' }).end(page(name));
  } else {
    shaped(request, response);
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  begin(issuer);
  console.log(issuer);
});
process.stdin.resume().on('end', () => process.exit(0));

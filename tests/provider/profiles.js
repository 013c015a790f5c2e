// What the providers that people have really send, as their documentation shows it. A profile changes what oidc-provider
// sends: its discovery document, the claims of its ID tokens, and user info. Addresses stay this machine's.
//
//   path       where the provider is, below its host; the issuer is the same address
//   discovery  members that its discovery document has besides, or in place of others
//   token      the claims of an ID token, made of those of oidc-provider
//   info       user info, made of that of oidc-provider

const without = (claims, ...names) => Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));

export const profiles = {
  // v2.0 tokens of one tenant. No email_verified anywhere; `xms_edov` and `auth_time` come only as optional claims.
  entra: {
    path: '/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
    discovery: {
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      claims_supported: ['sub', 'iss', 'cloud_instance_name', 'aud', 'exp', 'iat', 'auth_time', 'acr', 'nonce',
        'preferred_username', 'name', 'tid', 'ver', 'at_hash', 'c_hash', 'email'],
      request_uri_parameter_supported: false, http_logout_supported: true, frontchannel_logout_supported: true,
      tenant_region_scope: 'EU', cloud_instance_name: 'microsoftonline.com', cloud_graph_host_name: 'graph.windows.net',
      msgraph_host: 'graph.microsoft.com', rbac_url: 'https://pas.windows.net', kerberos_endpoint: 'https://x/kerberos',
    },
    token: (claims) => ({
      ...without(claims, 'email_verified', 'amr', 'auth_time'), nbf: claims.iat, name: 'Ann Example', ver: '2.0',
      oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474', tid: '9188040d-6c67-4c5b-b112-36a304b66dad', rh: '0.ARoAv4j5c', uti: 'x',
      preferred_username: claims.email, roles: ['Portal.User'], acct: 0,
    }),
    info: (claims) => ({ ...without(claims, 'email_verified'), name: 'Ann Example', picture: 'https://graph.microsoft.com/v1.0/me/photo/$value' }),
  },
  // Leaves out the scheme of its name, which its documentation allows.
  google: {
    path: '',
    discovery: { device_authorization_endpoint: 'https://oauth2.googleapis.com/device/code', claims_supported: ['aud', 'email', 'email_verified', 'exp', 'iat', 'iss', 'name', 'picture', 'sub'] },
    token: (claims) => ({
      ...without(claims, 'amr', 'auth_time'), azp: claims.aud, hd: 'example.com', email_verified: true, at_hash: 'HK6E_P6Dh8Y93mRNtsDB1Q',
      name: 'Ann Example', picture: 'https://lh3.googleusercontent.com/a/x=s96-c', given_name: 'Ann', family_name: 'Example', locale: 'en',
    }),
    info: (claims) => ({ ...claims, hd: 'example.com', locale: 'en' }),
  },
  // Thin ID tokens: the email is only in user info.
  okta: {
    path: '/oauth2/default',
    discovery: { registration_endpoint: 'https://acme.okta.com/oauth2/v1/clients', code_challenge_methods_supported: ['S256'], scopes_supported: ['openid', 'email', 'offline_access'] },
    token: (claims) => ({ ...without(claims, 'email', 'email_verified'), ver: 1, jti: 'ID.4eAWJOCMB3SX8XewDfVR', amr: ['pwd', 'mfa', 'otp'], idp: '00ok1u7AsAkrwdZL3z0g3', auth_time: claims.iat, at_hash: 'Q' }),
    info: (claims) => ({ ...claims, email_verified: true, zoneinfo: 'America/Los_Angeles', updated_at: 1_609_454_130, address: { country: 'US' } }),
  },
  // A slash at the end of its name, and `updated_at` as a text.
  auth0: {
    path: '/', // the issuer's slash
    discovery: { mfa_challenge_endpoint: 'https://acme.auth0.com/mfa/challenge', token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] },
    token: (claims) => ({
      ...without(claims, 'amr', 'auth_time'), nickname: 'ann', name: 'ann@example.com', picture: 'https://s.gravatar.com/avatar/x', updated_at: '2026-03-03T12:00:00.000Z',
      email_verified: true, sid: 'x', 'https://example.com/roles': ['manager'], 'https://example.com/plan': { seats: 3 },
    }),
    info: (claims) => ({ ...claims, updated_at: '2026-03-03T12:00:00.000Z' }),
  },
  // A token for the account console too, which names the portal as its party.
  keycloak: {
    path: '/realms/acme',
    discovery: {
      check_session_iframe: 'https://x/login-status-iframe.html', mtls_endpoint_aliases: { token_endpoint: 'https://x' }, acr_values_supported: ['0', '1'],
      id_token_encryption_alg_values_supported: ['RSA-OAEP', 'RSA1_5'], tls_client_certificate_bound_access_tokens: true,
    },
    token: (claims) => ({
      ...without(claims, 'amr'), aud: ['account', claims.aud], azp: claims.aud, typ: 'ID', acr: '1', sid: 'x', auth_time: claims.iat, email_verified: true,
      realm_access: { roles: ['offline_access'] }, resource_access: { account: { roles: ['view-profile'] } }, preferred_username: 'ann', 'not-before-policy': 0,
    }),
    info: (claims) => ({ ...claims, preferred_username: 'ann' }),
  },
  // A token for the whole project; the email comes from user info.
  zitadel: {
    path: '',
    discovery: { ui_locales_supported: ['de', 'en'], introspection_endpoint: 'https://x/oauth/v2/introspect', token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] },
    token: (claims) => ({
      ...without(claims, 'email', 'email_verified'), aud: [claims.aud, '69234237810729234', '69234237810729019'], azp: claims.aud, client_id: claims.aud,
      amr: ['pwd', 'mfa', 'otp'], auth_time: claims.iat, 'urn:zitadel:iam:user:resourceowner:id': '69234237810729000', 'urn:zitadel:iam:org:project:roles': { manager: { 69: 'acme.zitadel.cloud' } },
    }),
    info: (claims) => ({ ...claims, email_verified: true, locale: null, updated_at: 1_772_539_200, gender: '' }),
  },
  // A slash at the end of its name. By default it says that no email is verified.
  authentik: {
    path: '/application/o/portal/',
    discovery: { id_token_signing_alg_values_supported: ['RS256'], acr_values_supported: ['goauthentik.io/providers/oauth2/default'], claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'acr', 'amr', 'nonce', 'email', 'email_verified', 'name', 'groups'] },
    token: (claims) => ({
      ...claims, email_verified: claims.email_verified ?? false, acr: 'goauthentik.io/providers/oauth2/default', amr: ['pwd', 'mfa'], auth_time: claims.iat, sid: 'x', uid: 'y', name: 'Ann Example', given_name: 'Ann Example',
      preferred_username: 'ann', nickname: 'ann', groups: ['authentik Admins'],
    }),
    info: (claims) => ({ ...claims, groups: ['authentik Admins'] }),
  },
};

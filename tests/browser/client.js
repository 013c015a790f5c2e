// Requests to the portal without a browser, with the cookie that it sets.
import { PASSWORD } from './portal.js';

export class Client {
  #cookie = '';
  #origin;

  constructor(portal) {
    this.#origin = portal.url;
  }

  async request(path, options = {}) {
    const headers = { cookie: this.#cookie, origin: this.#origin };
    const answer = await fetch(this.#origin + path, { redirect: 'manual', headers, ...options });
    for (const cookie of answer.headers.getSetCookie()) [this.#cookie] = cookie.split(';');
    return answer;
  }

  // Signs in as one of the demo's staff.
  async signIn(who) {
    const body = new URLSearchParams({ email: `${who}@example.com`, password: PASSWORD });
    await this.request('/login', { method: 'POST', body });
    return this;
  }
}

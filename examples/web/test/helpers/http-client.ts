import { request } from 'node:https';
import { PASSWORD } from './stack';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** Sends requests with the cookies of a person; the caller chooses every header and body. */
export class HttpClient {
  readonly #webUrl: string;
  /** Cookies by name. */
  readonly cookies = new Map<string, string>();

  constructor(webUrl: string) {
    this.#webUrl = webUrl;
  }

  static async loggedIn(webUrl: string, name: string): Promise<HttpClient> {
    const client = new HttpClient(webUrl);
    await client.logIn(name);
    return client;
  }

  logIn(name: string, next = ''): Promise<Answer> {
    const form = new URLSearchParams({ name, password: PASSWORD, next }).toString();
    return this.send('POST', '/api/login', form, { 'Content-Type': 'application/x-www-form-urlencoded' });
  }

  /** Posts JSON: an object, or a text as it is. */
  post(path: string, body: object | string = {}): Promise<Answer> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return this.send('POST', path, text, { 'Content-Type': 'application/json' });
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send('GET', path, '', headers);
  }

  send(method: string, path: string, body = '', given: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const Cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { Origin: this.#webUrl, Connection: 'close', ...(Cookie && { Cookie }), ...given };
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(this.#webUrl);
      // The path goes out as it is.
      const sent = request({ hostname, port, path, method, headers, rejectUnauthorized: false }, async (response) => {
        const text = Buffer.concat(await response.toArray()).toString();
        for (const cookie of response.headers['set-cookie'] ?? []) this.#keep(cookie);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
      sent.once('error', reject).end(body);
    });
  }

  #keep(cookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (/max-age=0\b/i.test(cookie)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

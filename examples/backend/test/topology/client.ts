import { request } from 'node:https';
import { stringifyJson } from 'spydra-sdk';

/** What came of one request; undefined: nothing did, the connection broke. */
export interface Answer {
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly data?: { readonly transactionId?: string };
  };
}

export interface Sent {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client of the topology. Each request has a connection of its own, so that none fails over an old one. */
export class Client {
  readonly #url: string;
  readonly #adminKey: string;

  constructor(url: string, adminKey: string) {
    this.#url = url;
    this.#adminKey = adminKey;
  }

  /** Sends once. */
  send(route: string, { body, headers = {} }: Sent = {}): Promise<Answer | undefined> {
    const [method, path] = route.split(' ');
    const options = {
      method,
      agent: false,
      rejectUnauthorized: false,
      headers: { 'Content-Type': 'application/json', 'X-API-Key': this.#adminKey, ...headers },
    };
    return new Promise((resolve) => {
      const asked = request(`${this.#url}${path}`, options, async (answer) => {
        try {
          const text = (await answer.toArray()).join('');
          resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) });
        } catch {
          resolve(undefined);
        }
      });
      asked.once('error', () => resolve(undefined));
      asked.end(body && stringifyJson(body));
    });
  }
}

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { PATH as API } from '../app.js';
import { HOST, isListening } from './ports.js';
import { Process } from './process.js';

/** The front end of a topology. */
export interface WebOptions {
  /** The server of the built application: `.next/standalone/server.js`. */
  readonly server: string;
  /** The users who may log in. */
  readonly usersFile: string;
  /** How many instances. Default 3. */
  readonly instances?: number;
  /** Overrides what the topology sets. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What the front end shares with the backends, which verify its tokens. */
export function tokenEnvironment() {
  return { JWT_SECRET: secret(), JWT_ISSUER: 'https://localhost/web', JWT_AUDIENCE: 'spydra-backend' };
}

/** Every look at a page is several requests of a person. */
export const LIMITS_BEHIND_WEB = { RATE_LIMIT_PER_ADDRESS: '20000', RATE_LIMIT_PER_KEY: '120' };

export interface WebPlace {
  readonly directory: string;
  /** The ports of the instances. */
  readonly ports: readonly number[];
  /** Where nginx passes requests of the front end to the backends. */
  readonly internalPort: number;
  readonly backendPorts: readonly number[];
  readonly tokens: Readonly<Record<string, string>>;
}

/** Instances of the front end: they share the secret of sessions and orders. */
export function webProcesses({ server, usersFile, environment: given }: WebOptions, place: WebPlace): Process[] {
  const { directory, ports, internalPort, backendPorts, tokens } = place;
  const environment = {
    ...tokens,
    NODE_ENV: 'production',
    HOSTNAME: HOST,
    TRUST_PROXY: '1',
    WEB_SECRET: secret(),
    USERS_FILE: usersFile,
    BACKEND_URL: `http://${HOST}:${internalPort}${API}`,
    BACKEND_METRICS_URLS: backendPorts.map((port) => `http://${HOST}:${port}/metrics`).join(' '),
    ...given,
  };
  return ports.map(
    (port, index) =>
      new Process({
        name: `web-${index + 1}`,
        command: [process.execPath, server],
        environment: { ...environment, PORT: String(port) },
        directory,
        log: join(directory, `web-${index + 1}.log`),
        answers: () => isListening(port),
      }),
  );
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

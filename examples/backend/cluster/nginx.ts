import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HOST } from './ports.js';
import { Process } from './process.js';

const TEMPLATE = new URL('../deploy/nginx/nginx.conf.template', import.meta.url);

export interface NginxOptions {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly backendPorts: readonly number[];
  /** The CORS_ORIGINS of the backends. Default: none. */
  readonly corsOrigins?: string | undefined;
  /** A directory of its own. */
  readonly directory: string;
  /** Changes the configuration before it is used. */
  readonly adjust?: ((configuration: string) => string) | undefined;
}

/** nginx with the configuration in `deploy/nginx` and a self-signed certificate for localhost. */
export async function nginx(options: NginxOptions): Promise<Process> {
  const { httpPort, directory, adjust = (text) => text } = options;
  const configuration = join(directory, 'nginx.conf');
  await writeCertificate(directory);
  await writeFile(configuration, adjust(fillIn(await readFile(TEMPLATE, 'utf8'), options)));
  return new Process({
    name: 'nginx',
    command: ['nginx', '-c', configuration, '-p', directory, '-g', 'daemon off;', '-e', 'stderr'],
    directory,
    log: join(directory, 'nginx.log'),
    answers: () => isRedirecting(httpPort),
    // SIGQUIT finishes open requests first.
    stopSignal: 'SIGQUIT',
  });
}

/** Fills in the template, as the nginx image does. */
function fillIn(template: string, options: NginxOptions): string {
  const { httpPort, httpsPort, backendPorts, corsOrigins = '', directory } = options;
  const servers = backendPorts.map((port) => `server ${HOST}:${port} max_fails=1 fail_timeout=2s;`);
  const values: Readonly<Record<string, string>> = {
    HTTP_PORT: String(httpPort),
    HTTPS_PORT: String(httpsPort),
    BACKENDS: servers.join(' '),
    CORS_ORIGINS: corsOrigins,
    CERTIFICATES: directory,
    RUN: directory,
  };
  return template.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

async function writeCertificate(directory: string): Promise<void> {
  const files = ['-keyout', join(directory, 'tls.key'), '-out', join(directory, 'tls.crt')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '30'];
  const names = ['-subj', '/CN=localhost', '-addext', `subjectAltName=DNS:localhost,IP:${HOST}`];
  await promisify(execFile)('openssl', ['req', ...kind, ...names, ...files]);
}

function isRedirecting(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: HOST, port, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 308);
    });
    asked.once('error', reject).end();
  });
}

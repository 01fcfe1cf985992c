import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HOST } from './ports.js';
import { Process } from './process.js';

const TEMPLATES = new URL('../deploy/nginx/', import.meta.url);

export interface NginxOptions {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly backendPorts: readonly number[];
  /** The CORS_ORIGINS of the backends. Default: none. */
  readonly corsOrigins?: string | undefined;
  /** The front end. Default: none. */
  readonly web?: WebPorts | undefined;
  /** A directory of its own. */
  readonly directory: string;
  /** Changes the configuration before it is used. */
  readonly adjust?: ((configuration: string) => string) | undefined;
}

export interface WebPorts {
  /** Where browsers connect. */
  readonly port: number;
  /** Where the front end reaches the backends. */
  readonly internalPort: number;
  /** The ports of its instances. */
  readonly ports: readonly number[];
}

/** nginx with the configuration in `deploy/nginx` and a self-signed certificate for localhost. */
export async function nginx(options: NginxOptions): Promise<Process> {
  const { httpPort, directory, web, adjust = (text) => text } = options;
  const configuration = join(directory, 'nginx.conf');
  await writeCertificate(directory);
  await writeFile(configuration, adjust(await filledIn('nginx.conf.template', options)));
  if (web) {
    await mkdir(join(directory, 'sites'));
    await writeFile(join(directory, 'sites/web.conf'), await filledIn('web.conf.template', options));
  }
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
async function filledIn(name: string, options: NginxOptions): Promise<string> {
  const { httpPort, httpsPort, backendPorts, corsOrigins = '', directory, web } = options;
  const template = await readFile(new URL(name, TEMPLATES), 'utf8');
  const values: Readonly<Record<string, string>> = {
    HTTP_PORT: String(httpPort),
    HTTPS_PORT: String(httpsPort),
    BACKENDS: serversAt(backendPorts),
    WEBS: serversAt(web?.ports ?? []),
    WEB_PORT: String(web?.port),
    INTERNAL_PORT: `${HOST}:${web?.internalPort}`,
    CORS_ORIGINS: corsOrigins,
    CERTIFICATES: directory,
    RUN: directory,
  };
  return template.replace(/\$\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function serversAt(ports: readonly number[]): string {
  return ports.map((port) => `server ${HOST}:${port} max_fails=1 fail_timeout=2s;`).join(' ');
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

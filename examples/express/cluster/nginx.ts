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
  /** A directory of its own. */
  readonly directory: string;
  /** Changes the configuration before it is used. */
  readonly adjust?: ((configuration: string) => string) | undefined;
}

/** nginx under the configuration of `deploy/nginx`, with a certificate for localhost that it signed itself. */
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
    // Requests on their way are answered first.
    stopSignal: 'SIGQUIT',
  });
}

/** As the nginx image does it. */
function fillIn(template: string, { httpPort, httpsPort, backendPorts, directory }: NginxOptions): string {
  const servers = backendPorts.map((port) => `server ${HOST}:${port} max_fails=1 fail_timeout=2s;`);
  const values: Readonly<Record<string, string>> = {
    HTTP_PORT: String(httpPort),
    HTTPS_PORT: String(httpsPort),
    BACKENDS: servers.join(' '),
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

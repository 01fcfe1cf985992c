import { http } from 'msw/core/http';
import { setupServer } from 'msw/node';
import { onTestFinished } from 'vitest';

const msw = setupServer();

let servers = 0;
let running = 0;

/** Responds to every request for a new base URL until the test is over, without a socket. */
export function mockServer(answer: (request: Request) => Response | Promise<Response>) {
  // Here, and not in hooks of the file: test files may share this module.
  if (running++ === 0) msw.listen({ onUnhandledRequest: 'error' });
  onTestFinished(() => {
    msw.resetHandlers();
    if (--running === 0) msw.close();
  });
  const origin = `https://server-${++servers}.test`;
  // One that throws breaks the connection.
  const answerOrFail = async (request: Request) => answer(request);
  msw.use(http.all(`${origin}/*`, ({ request }) => answerOrFail(request).catch(() => Response.error())));
  return { baseUrl: `${origin}/v2` };
}

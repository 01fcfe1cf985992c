import { Router } from 'express';
import type { Metrics } from './metrics.js';
import type { Readiness } from './readiness.js';

/**
 * Routes for the operation of the server: liveness (if it fails, start another instance), readiness (if it fails, send
 * requests to other instances), and metrics. A proxy must not expose them.
 */
export function probes(readiness: Readiness, metrics: Metrics): Router {
  const router = Router();
  router.use(['/livez', '/readyz', '/metrics'], (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });

  router.get('/livez', (_request, response) => {
    response.json({ live: true });
  });

  router.get('/readyz', (_request, response) => {
    const { isReady } = readiness;
    response.status(isReady ? 200 : 503).json({ ready: isReady });
  });

  router.get('/metrics', async (_request, response) => {
    const { type, text } = await metrics.read();
    response.set('Content-Type', type).send(text);
  });

  return router;
}

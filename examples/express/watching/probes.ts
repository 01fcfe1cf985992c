import { Router } from 'express';
import type { Metrics } from './metrics.js';
import type { Readiness } from './readiness.js';

/**
 * What the machinery around the server asks, apart from the routes for people: whether it lives (else start another),
 * whether it takes requests (else ask another), and its metrics. Whoever stands in front must not pass these on.
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

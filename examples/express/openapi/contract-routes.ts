import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';
import helmet from 'helmet';
import { openApiDocument } from './document.js';
import type { SampleAssets } from './examples.js';

const PAGE = fileURLToPath(new URL('page', import.meta.url));
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** For the page alone: Swagger UI styles its elements in place, and draws with images in data URLs. */
const POLICY = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/** The contract of the routes at `path`: as `openapi.json` beside them, and at `/docs` to read and try. */
export function contractRoutes(path: string, sample?: SampleAssets): Router {
  const router = Router();
  const document = JSON.stringify(openApiDocument(path, sample));

  router.use('/docs', POLICY);
  // The page asks for it under its own path, wherever the routes are.
  router.get([`${path}/openapi.json`, '/docs/openapi.json'], (_request, response) => {
    response.set('Cache-Control', 'no-cache').type('json').send(document);
  });

  router.get('/docs', (_request, response) => response.sendFile('index.html', { root: PAGE }));
  router.use('/docs', express.static(PAGE), express.static(SWAGGER_UI, { index: false }));
  return router;
}

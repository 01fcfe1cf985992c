import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';
import helmet from 'helmet';
import type { SampleAssets } from '../../express/index.js';
import { openApiDocument } from './document.js';

const PAGE = fileURLToPath(new URL('page', import.meta.url));
const SWAGGER_UI = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

/** The policy of the page: Swagger UI uses inline styles, and images in data URLs. */
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

/** Serves the contract of the routes at `path` as `openapi.json`, and Swagger UI at `/docs`. */
export function contractRoutes(path: string, sample?: SampleAssets): Router {
  const router = Router();
  let document: string | undefined;
  /** Built at the first request, since it takes longer than the rest of the start. */
  const contract = () => {
    document ??= JSON.stringify(openApiDocument(path, sample));
    return document;
  };

  router.use('/docs', POLICY);
  // The page requests the document under its own path, wherever the routes are mounted.
  router.get([`${path}/openapi.json`, '/docs/openapi.json'], (_request, response) => {
    response.set('Cache-Control', 'no-cache').type('json').send(contract());
  });

  router.get('/docs', (_request, response) => response.sendFile('index.html', { root: PAGE }));
  router.use('/docs', express.static(PAGE), express.static(SWAGGER_UI, { index: false }));
  return router;
}

import cors from 'cors';
import type { RequestHandler } from 'express';

/** Headers that pages may send and read, besides those that CORS always allows. */
const SENT = ['Authorization', 'Content-Type', 'Idempotency-Key', 'Last-Event-ID', 'X-API-Key', 'X-Request-Id'];
const READ = ['RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'];

/** Seconds for which a browser caches the result of a preflight request. */
const PREFLIGHT_MAX_AGE = 600;

/** CORS for these origins; pages of other origins cannot call. */
export function allowedOrigins(origins: readonly string[]): RequestHandler {
  return cors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT'],
    allowedHeaders: SENT,
    exposedHeaders: READ,
    maxAge: PREFLIGHT_MAX_AGE,
  });
}

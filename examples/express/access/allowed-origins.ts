import cors from 'cors';
import type { RequestHandler } from 'express';

/** What pages may send and read beside the plainest of headers. */
const SENT = ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-API-Key', 'X-Request-Id'];
const READ = ['RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'];

/** Seconds for which a browser need not ask again whether it may call. */
const REMEMBERED = 600;

/** Lets web pages of these origins call, and those of no other. */
export function allowedOrigins(origins: readonly string[]): RequestHandler {
  return cors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT'],
    allowedHeaders: SENT,
    exposedHeaders: READ,
    maxAge: REMEMBERED,
  });
}

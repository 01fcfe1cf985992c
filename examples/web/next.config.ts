import type { NextConfig } from 'next';

/** Headers that are the same for every response. The Content-Security-Policy has a nonce: see proxy.ts. */
const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  // The address of an order identifies it: no other site gets it.
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const config: NextConfig = {
  output: 'standalone',
  // This folder is a package of its own; what is above it is not traced.
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  poweredByHeader: false,
  reactStrictMode: true,
  images: { unoptimized: true },
  // `npm run typecheck` does this.
  typescript: { ignoreBuildErrors: true },
  headers: async () => [
    { source: '/:path*', headers: Object.entries(HEADERS).map(([key, value]) => ({ key, value })) },
  ],
};

export default config;

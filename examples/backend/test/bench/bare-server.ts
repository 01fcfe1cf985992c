import express from 'express';

/* What Express and nginx cost alone: answers a constant, as long as an asset is, to whatever it is asked. */

const { PORT, HOST = '127.0.0.1' } = process.env;
const ANSWER = { success: true, data: { assetId: 'asset', description: 'x'.repeat(250) } };

express()
  .disable('x-powered-by')
  .use((_request, response) => void response.json(ANSWER))
  .listen(Number(PORT), HOST);

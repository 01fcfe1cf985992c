import { seeOther } from '../../../../server/redirects';

/** Leads to the asset whose id was typed. */
export function GET(request: Request): Response {
  const id = new URL(request.url).searchParams.get('id')?.trim() ?? '';
  return seeOther(id ? `/admin/assets/${encodeURIComponent(id)}` : '/admin');
}

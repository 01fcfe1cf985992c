import Link from 'next/link';

interface Props {
  /** The address without the number of the page. */
  readonly path: string;
  /** From 1. */
  readonly page: number;
  readonly pages: number;
}

/** Links to the pages of a list. */
export function Pages({ path, page, pages }: Props) {
  if (pages <= 1) return null;
  const to = (number: number) => `${path}${path.includes('?') ? '&' : '?'}page=${number}`;
  return (
    <nav className="pages" aria-label="Pages">
      {page > 1 && (
        <Link href={to(page - 1)} prefetch={false} rel="prev">
          Previous
        </Link>
      )}
      <span>
        Page {page} of {pages}
      </span>
      {page < pages && (
        <Link href={to(page + 1)} prefetch={false} rel="next">
          Next
        </Link>
      )}
    </nav>
  );
}

/** The number of a page in an address; 1 if it is none. */
export function pageIn(text: string | string[] | undefined, pages = Number.MAX_SAFE_INTEGER): number {
  const page = typeof text === 'string' && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
  return Math.min(page, Math.max(1, pages));
}

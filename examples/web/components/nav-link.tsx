'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';

/** A link of the navigation, marked on its page. */
export function NavLink({ href, label }: { readonly href: string; readonly label: string }) {
  const isCurrent = usePathname() === href;
  return (
    <Link href={href} prefetch={false} aria-current={isCurrent ? 'page' : undefined}>
      {label}
    </Link>
  );
}

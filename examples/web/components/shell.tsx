import type { ReactNode } from 'react';
import { openOrders } from '../server/orders/open-orders';
import type { Session } from '../server/session/session';
import { Live } from './live';
import { NavLink } from './nav-link';
import { titleOf } from './order-texts';
import styles from './shell.module.css';

interface Props {
  readonly session: Session;
  /** Whether the page shows changes on the ledger without being loaded again. Default true. */
  readonly live?: boolean;
  readonly children: ReactNode;
}

const PAGES = {
  admin: [
    ['/admin', 'Overview'],
    ['/admin/assets/new', 'New asset'],
    ['/admin/distribute', 'Distribution'],
    ['/assets', 'Offers'],
  ],
  investor: [
    ['/assets', 'Offers'],
    ['/portfolio', 'Portfolio'],
  ],
  user: [['/assets', 'Offers']],
} as const;

/** The frame of every page behind the login. */
export async function Shell({ session, live = true, children }: Props) {
  const open = await openOrders(session);
  return (
    <>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      <header className={styles.header}>
        <div className={styles.bar}>
          <p className={styles.brand}>Tokenised property</p>
          <nav className={styles.nav} aria-label="Main">
            {PAGES[session.role].map(([href, label]) => (
              <NavLink key={href} href={href} label={label} />
            ))}
          </nav>
          <form className={styles.person} action="/api/logout" method="post">
            <span>
              {session.user} <span className={styles.role}>{session.role}</span>
            </span>
            <button className="quiet" type="submit">
              Log out
            </button>
          </form>
        </div>
      </header>
      <main id="content" className={styles.main} tabIndex={-1}>
        {live && open.length > 0 && (
          <div className={styles.open}>
            {open.map(({ order, signed }) => (
              <p key={order.id}>
                Sent, and not known to be done: <strong>{titleOf(order)}</strong>.{' '}
                <a href={`/orders/${signed}`}>Look again</a>
              </p>
            ))}
          </div>
        )}
        {children}
      </main>
      {live && <Live />}
    </>
  );
}

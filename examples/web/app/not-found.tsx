import Link from 'next/link';
import { Notice } from '../components/notice';

export default function NotFound() {
  return (
    <Notice title="There is nothing at this address">
      <p>It may be mistyped, or belong to another person.</p>
      <Link href="/">Go to the first page</Link>
    </Notice>
  );
}

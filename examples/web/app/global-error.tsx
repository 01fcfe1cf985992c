'use client';

/** The last resort, without the layout. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <h1>This page could not be shown</h1>
        <p>Load it again in a moment.</p>
      </body>
    </html>
  );
}

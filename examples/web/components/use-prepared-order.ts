'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import type { Failure } from '../lib/failure';
import { post } from './post';

/** What belongs to an order besides the fields of its form. */
type Fixed = Readonly<Record<string, string | boolean>>;

/** A form that makes an order: its problems by field, and where it leads if there are none. */
export function usePreparedOrder(fixed: (form: FormData) => Fixed) {
  const router = useRouter();
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    const { currentTarget } = event;
    const form = new FormData(currentTarget);
    setBusy(true);
    const answer = await post<{ order: string }>('/api/orders', { ...Object.fromEntries(form), ...fixed(form) });
    setBusy(false);
    setFailure(answer.failure);
    const [first] = answer.failure?.fields ?? [];
    if (!answer.failure) router.push(`/orders/${answer.value.order}`);
    else if (first) currentTarget.querySelector<HTMLElement>(`[name="${CSS.escape(first.field)}"]`)?.focus();
  }

  const problemOf = (field: string) => failure?.fields?.find((problem) => problem.field === field)?.message;
  return { submit, isBusy, problemOf, failure: failure?.fields ? undefined : failure };
}

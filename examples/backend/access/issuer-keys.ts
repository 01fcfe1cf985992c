import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';

/** Milliseconds for which the issuer's keys are cached. */
const MAX_AGE = 600_000;
/** Minimum milliseconds between two reloads that tokens without a matching key cause. */
const SPACING = 6_000;

/** No key matches the token, and the next reload is not due yet. */
export class KeysUnknown extends Error {
  /** Milliseconds. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('No key matches the token, and the keys were reloaded just now.');
    this.retryAfter = retryAfter;
  }
}

/**
 * The keys that an issuer publishes (JWKS), cached. A token that matches none may be signed with a new key, so the keys
 * are reloaded at a bounded rate, whatever `kid` it names: a key may be replaced under its name. Durations are
 * measured by the monotonic clock.
 */
export class IssuerKeys {
  // Loads only when `reload` is called.
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #options: JWTVerifyOptions;
  #loadedAt = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;
  /** When the last reload began that a token without a matching key caused. */
  #reloadedAt = Number.NEGATIVE_INFINITY;

  constructor(url: URL, options: JWTVerifyOptions) {
    this.#keys = createRemoteJWKSet(url, { cacheMaxAge: Infinity, cooldownDuration: Infinity });
    this.#options = options;
  }

  /**
   * Verifies a token and returns its claims.
   *
   * @throws JOSEError if the token is not valid; KeysUnknown or another error if its key cannot be loaded.
   */
  async verify(token: string): Promise<JWTPayload> {
    const askedAt = performance.now();
    if (askedAt - this.#loadedAt > MAX_AGE) await this.#load();
    for (;;) {
      try {
        return await this.#tryEach(token);
      } catch (error) {
        // A load that began before the token came may have missed its key.
        if (this.#loadedAt >= askedAt || !mayHaveNewKey(error)) throw error;
        await this.#reload();
      }
    }
  }

  /** Tries the key that the token names, or each that may have signed it. */
  async #tryEach(token: string): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, this.#keys, this.#options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        const verified = await jwtVerify(token, key, this.#options).catch(unlessRefused);
        if (verified) return verified.payload;
      }
      throw new errors.JWKSNoMatchingKey();
    }
  }

  /** Joins the load that is running, or starts one if the last reload was at least SPACING ago. */
  async #reload(): Promise<void> {
    if (!this.#loading) {
      const now = performance.now();
      const wait = this.#reloadedAt + SPACING - now;
      if (wait > 0) throw new KeysUnknown(wait);
      this.#reloadedAt = now;
    }
    await this.#load();
  }

  /** Loads the keys; concurrent calls share one load. */
  #load(): Promise<void> {
    const beganAt = performance.now();
    this.#loading ??= this.#keys
      .reload()
      .then(() => {
        this.#loadedAt = beganAt;
      })
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }
}

/** Whether a newer key may match the token. */
function mayHaveNewKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}

/** Rethrows if the signature is valid and the claims are not: no other key helps. */
function unlessRefused(error: unknown): undefined {
  const refused = [errors.JWTExpired, errors.JWTClaimValidationFailed, errors.JWTInvalid];
  if (refused.some((Kind) => error instanceof Kind)) throw error;
}

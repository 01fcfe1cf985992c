import { type Context, Contract } from 'fabric-contract-api';

/** A page of rows. `bookmark` is there if there may be more. */
interface Page {
  readonly records: readonly string[];
  readonly count: number;
  readonly bookmark?: string;
}

/**
 * What Spydra's platform calls for its GraphQL API: a query of CouchDB over the state of this chaincode, by pages. It
 * has the name, the function and the result of `SpydraContract` in the package spydra-fabric-contract-node.
 */
export class SpydraContract extends Contract {
  constructor() {
    super('SpydraContract');
  }

  /** Peers refuse the query unless their state database is CouchDB. */
  async ReadDataFromQueryString(
    { stub }: Context,
    queryString: string,
    pageSize: string,
    bookmark = '',
  ): Promise<string> {
    const size = Number(pageSize);
    if (!Number.isInteger(size) || size < 1) throw new Error('pageSize must be a whole number from 1 on.');
    const { iterator, metadata } = await stub.getQueryResultWithPagination(queryString, size, bookmark);
    const records: string[] = [];
    try {
      for (let row = await iterator.next(); !row.done; row = await iterator.next()) {
        records.push(Buffer.from(row.value.value).toString());
      }
    } finally {
      await iterator.close();
    }
    const count = records.length;
    // Declared as always there, but fabric-shim gives none for an empty page.
    const next = (metadata as typeof metadata | undefined)?.bookmark;
    const page: Page = { records, count, ...(count >= size && next !== undefined && { bookmark: next }) };
    return JSON.stringify(page);
  }
}

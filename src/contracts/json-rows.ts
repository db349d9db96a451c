/** Rows on their way to the database as the JSON they were written as, one object each: nobody in between reads them. */
export type JsonRows = readonly string[];

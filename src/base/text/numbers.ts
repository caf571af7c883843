// Decimal numbers as people, spreadsheets and databases write them.

/**
 * A pattern for `34`, `+34.07`, `.5`, `51.`, `-9e-06`: up to 20 digits, and an exponent of up to two. It has
 * no groups that capture.
 */
export const DECIMAL_NUMBER =
  "[+-]?(?:\\d{1,20}(?:\\.\\d{0,20})?|\\.\\d{1,20})(?:[eE][+-]?\\d{1,2})?";

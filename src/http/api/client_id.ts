// Ids of clients in URLs and in JSON: see ../../protocol/client_id.ts.

export { decodeClientId, encodeClientId } from "../../protocol/client_id.ts";

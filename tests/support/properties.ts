// fast-check, set so that sequences are drawn up to the length that a property names: unless told so,
// it draws no more than about ten elements.

import fc from "fast-check";

fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true });

export default fc;

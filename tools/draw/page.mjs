export const COLUMN = 1100; // the width of a page's column, at which text is still read at its own size, px

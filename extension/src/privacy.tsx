/** What goes where: the privacy ledger. */

import { render } from "preact";

render(<h1>What leaves this browser</h1>, document.body);

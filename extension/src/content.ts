/** In the page: finds the player and tells what it shows. */

import { openLink } from "./link";

openLink("content", { shown: () => undefined });

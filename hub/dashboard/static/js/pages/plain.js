// Pages that need nothing but the common parts.

import { startPage } from "../page.js";

startPage();

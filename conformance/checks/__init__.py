"""One module a page; each check is bound to the clause it is named with, and every MUST and SHOULD has one."""

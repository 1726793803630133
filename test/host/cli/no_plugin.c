/* A shared object that is no plugin. */
int heddle_nothing(void);
int heddle_nothing(void) { return 0; }

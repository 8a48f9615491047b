// Before the first paint: the theme chosen here, else the system's.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch { /* storage may be shut; the system's theme stands */ }

#include "host/cli/html_page.hpp"

namespace heddle::cli {

const char* html_style() noexcept {
  return R"css(
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2430;--soft:#5a6675;--line:#dde3ea;--band:#f5f7fa;
--rows:#2f6fb5;--exact:#c2560c;--drop:#c9d3de;--accent:#1f5fa8}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--fg:#e4e9f0;--soft:#9aa7b6;--line:#2c3540;
--band:#1a2028;--rows:#5b9bdf;--exact:#f0914a;--drop:#465261;
--accent:#7db4f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);line-height:1.5;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main,header,footer{max-width:80rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:1.75rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.5rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--line)}
p{margin:.35rem 0;max-width:48rem}
.soft,footer,figcaption,caption{color:var(--soft)}
a{color:var(--accent)}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--accent);
outline-offset:2px}
nav a{display:inline-block;margin:.35rem 1rem .35rem 0}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1.25rem 0}
dl div{background:var(--band);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .85rem}
dt{color:var(--soft);font-size:.82rem}
dd{margin:0;font-size:1.25rem;font-variant-numeric:tabular-nums}
dd small{display:block;font-size:.8rem;color:var(--soft)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem}
table{border-collapse:collapse;width:100%;font-size:.86rem;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.6rem .75rem;caption-side:top}
th,td{padding:.3rem .55rem;text-align:right;white-space:nowrap;border-top:1px solid var(--line)}
thead th{background:var(--band);font-weight:600;vertical-align:bottom}
th.l,td.l{text-align:left}
tbody th{font-weight:500;text-align:left;max-width:26rem;white-space:normal;overflow-wrap:anywhere;
min-width:15rem}
tbody tr:nth-child(even){background:var(--band)}
tfoot th,tfoot td{font-weight:600;border-top:2px solid var(--line)}
svg{display:block;width:100%;min-width:40rem;height:auto;font-size:13px}
svg text{fill:var(--fg)}svg .s{fill:var(--soft)}
svg .g{stroke:var(--line)}
.rows{fill:var(--rows)}.exact{fill:var(--exact)}.drop{fill:var(--drop)}
.exactline{fill:none;stroke:var(--exact);stroke-width:1.5}
figure{margin:0 0 1.5rem}.masks figure{margin:0}figcaption{margin-bottom:.35rem}
.chart{padding:.75rem}
.masks{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:1rem}
.masks img{display:block;width:100%;max-width:12rem;image-rendering:pixelated;background:#eef2f7;
border:1px solid var(--line)}
.masks figcaption{font-size:.78rem;overflow-wrap:anywhere;margin-top:.25rem}
details{margin:.5rem 0}summary{cursor:pointer}
details ul{columns:18rem;font-size:.84rem;padding-left:1.25rem;overflow-wrap:anywhere}
footer{margin:3rem auto 2rem;font-size:.84rem}
@media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--soft:#444;--line:#bbb;--band:#fff}
nav{display:none}body{font-size:9pt}main,header,footer{max-width:none;padding:0}
.scroll{overflow:visible;border:0}svg{min-width:0}table{font-size:7pt}th,td{padding:.15rem .3rem}
thead{display:table-header-group}tr,figure{break-inside:avoid}}
)css";
}

}  // namespace heddle::cli

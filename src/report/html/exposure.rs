//! The table of buckets.

use super::super::shared::{BucketRow, Openness, Run, rows};
use super::escape::Page;

/// The section, where there are buckets.
pub fn section(run: &Run<'_>, page: &mut Page) {
    let rows = rows(run);
    page.raw("<section id=\"exposure\">\n<h2>Exposure</h2>\n");
    if rows.is_empty() {
        page.raw("<p>No bucket was found.</p>\n</section>\n");
        return;
    }
    page.raw("<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Bucket</th><th scope=\"col\">Verdict</th>");
    page.raw("<th scope=\"col\">Who can do what</th><th scope=\"col\">Why</th></tr></thead>\n<tbody>\n");
    for row in &rows {
        bucket(row, run, page);
    }
    page.raw("</tbody>\n</table></div>\n</section>\n");
}

fn bucket(it: &BucketRow, run: &Run<'_>, page: &mut Page) {
    page.raw("<tr><td><p><code>").place(&it.address).raw("</code></p>");
    if let Some(name) = it.name.as_ref().filter(|name| **name != it.address) {
        page.raw("<p class=\"soft\">").text(name).raw("</p>");
    }
    if let Some(at) = it.at {
        page.raw("<p class=\"soft\"><code>").place(&run.places.short(at)).raw("</code></p>");
    }
    if !it.environments.is_empty() {
        page.raw("<p class=\"soft\">in ").text(&it.environments.join(", ")).raw("</p>");
    }
    let class = match it.openness {
        _ if !it.is_settled() => "unknown",
        Openness::Public => "public",
        Openness::Unknown => "unknown",
        Openness::Shared => "shared",
        Openness::Latent => "latent",
        Openness::Closed => "closed",
    };
    page.raw("</td><td><span class=\"badge ").raw(class).raw("\">").raw(&it.verdict()).raw("</span></td><td>");
    if !it.who.is_empty() {
        page.raw("<p>").text(&it.who.join(", ")).raw(": <b>").raw(&it.powers.join(", ")).raw("</b></p>");
    }
    if let Some(witness) = &it.witness {
        page.raw("<p class=\"soft\">e.g. <code>").text(witness).raw("</code></p>");
    }
    page.raw("</td><td>");
    let said = [("opened by", &it.opened_by), ("held shut by", &it.held_by), ("not known:", &it.unknown)];
    for (name, list) in said.into_iter().chain([("not read:", &it.unread)]) {
        for text in list {
            page.raw("<p><span class=\"soft\">").raw(name).raw("</span> ").prose(text).raw("</p>");
        }
    }
    page.raw("</td></tr>\n");
}

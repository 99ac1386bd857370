//! A page that is written piece by piece; what comes from the input goes through `text`, and nothing else.

use super::super::shared::{clean, say};

/// The page so far.
#[derive(Default)]
pub struct Page(String);

impl Page {
    /// Markup of our own.
    pub fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Any text, for element content and for quoted attributes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for it in clean(text).chars() {
            match it {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
        self
    }

    /// Text for element content that may be broken after a slash: a path in a narrow column.
    pub fn place(&mut self, text: &str) -> &mut Self {
        for part in text.split_inclusive('/') {
            self.text(part);
            if part.ends_with('/') {
                self.raw("<wbr>");
            }
        }
        self
    }

    /// A sentence: what stands between backticks is code.
    pub fn prose(&mut self, text: &str) -> &mut Self {
        for (is_code, part) in say::parts(text) {
            if is_code {
                self.raw("<code>").text(part).raw("</code>");
            } else {
                self.place(part);
            }
        }
        self
    }

    /// The page as text.
    pub fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        let mut page = Page::default();
        page.text("<script>\"a\" & 'b'</script>\u{202e}\u{0}");
        assert_eq!(page.finish(), "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;\u{fffd}\u{fffd}");
    }
}

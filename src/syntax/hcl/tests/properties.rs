//! Random bodies: places are exact, and the index and hcl-edit find the same blocks.

use proptest::prelude::*;

use super::*;

fn expression() -> impl Strategy<Value = String> {
    let literal = "([a-zäß {}#/*()]|\\\\n|\\\\\"|\\$\\$\\{|%%\\{){0,8}";
    let leaf = prop_oneof![
        literal.prop_map(|it| format!("\"{it}\"")),
        "[a-z]{1,3}(\\.[a-z]{1,3}){0,2}",
        "[0-9]{1,3}",
        "( {0,3}[a-z{}\"#]{0,5}\n){0,3}".prop_map(|it| format!("<<-EOT\n{it}  EOT\n")),
        "([a-z{}\"#']{0,5}\n){0,3}".prop_map(|it| format!("<<E\n{it}E\n")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|it| format!("[{}]", it.join(",\n"))),
            prop::collection::vec(inner.clone(), 0..3).prop_map(|it| {
                let items = it.iter().enumerate().map(|(at, it)| format!("k{at} = {it}"));
                format!("{{\n{}\n}}", items.collect::<Vec<_>>().join("\n"))
            }),
            inner.clone().prop_map(|it| format!("f(a, {it})")),
            inner.clone().prop_map(|it| format!("(a == {it})")),
            inner.clone().prop_map(|it| format!("(a ?\n{it} :\nb)")),
            inner.prop_map(|it| format!("\"x ${{{it}}} y\"")),
        ]
    })
}

fn file() -> impl Strategy<Value = String> {
    let attributes = || {
        prop::collection::vec(expression(), 0..3)
            .prop_map(|it| it.iter().enumerate().map(|(at, it)| format!("  a{at} = {it}\n")).collect::<String>())
    };
    let block = ("[a-z]{1,5}", prop::collection::vec("[a-z]{1,5}", 0..3), attributes(), prop::option::of(attributes()));
    let block = block.prop_map(|(kind, labels, body, nested)| {
        let labels: String = labels.iter().map(|it| format!(" \"{it}\"")).collect();
        let nested = nested.map(|it| format!("n {{ # }}\n{it}}}\n")).unwrap_or_default();
        format!("{kind}{labels} {{\n{body}{nested}}} // {{\n")
    });
    prop::collection::vec(block, 0..4).prop_map(|it| it.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn bodies_keep_their_places(text in file()) {
        let file = index(FILE, &text);
        prop_assert!(file.errors.is_empty(), "{:?}\n{}", file.errors, text);
        let whole = parse_body(FILE, &text);
        prop_assert!(whole.errors.is_empty(), "{:?}\n{}", whole.errors, text);
        check_places(&text, &whole.tree);
        let lazy: Vec<_> = file.tree.blocks.iter().map(|it| (it.header, it.span, it.body(&text).tree)).collect();
        let eager: Vec<_> = whole.tree.blocks.into_iter().map(|it| (it.header, it.span, it.body)).collect();
        prop_assert_eq!(lazy, eager);
    }

    #[test]
    fn the_index_finds_what_hcl_edit_finds(text in file()) {
        use hcl_edit::Span as _;
        let Ok(body) = hcl_edit::parser::parse_body(&text) else { return Ok(()) };
        // hcl-edit ends an empty heredoc at the next one of the same name: only then may it see other blocks.
        if text.contains("<<E\nE\n") || text.contains("<<-EOT\n  EOT\n") { return Ok(()) }
        let theirs: Vec<_> = body.blocks().filter_map(|it| it.span()).collect();
        let ours: Vec<_> = index(FILE, &text).tree.blocks.iter().map(|it| it.span.range()).collect();
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn no_text_is_too_strange(text in "([a-z\"{}\\[\\]()$%<>#/*=?:,.!\\\\~\n -]|<<E\n|\nE\n|\\$\\{|ä|\r\n){0,60}") {
        let file = index(FILE, &text);
        file.tree.blocks.iter().for_each(|it| drop(it.body(&text)));
        let body = parse_body(FILE, &text);
        check_pieces(&text, &body.tree);
        let _ = parse_expression(FILE, &text);
        let whole = Piece { text: text.as_str().into(), at: Some(Span::of(FILE, 0..text.len())) };
        let _ = parse_template(FILE, &text, &[whole]);
        let _ = parse_template(FILE, "", &[Piece { text: text.as_str().into(), at: None }]);
    }
}

fn check_pieces(text: &str, body: &Body) {
    let (mut pieces, mut exprs) = (Vec::new(), Vec::new());
    walk_body(body, &mut pieces, &mut exprs);
    for piece in pieces {
        assert!(piece.at.is_none_or(|it| text.get(it.range()) == Some(&*piece.text)), "{piece:?} in {text:?}");
    }
}

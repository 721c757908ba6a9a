use super::to_text;

#[test]
fn what_a_reader_sees_is_the_text() {
    let cases = [
        ("", ""),
        ("plain  text\n of lines", "plain text of lines"),
        ("a<b>b</b>c <i>d</i>e", "abc de"),
        ("<p>One.</p><p>Two.", "One.\n\nTwo."),
        ("<p>a<br>b<br/>c</p>", "a\nb\nc"),
        (
            "<h1>Title</h1>Text<h3>Part</h3><p>more",
            "# Title\n\nText\n\n### Part\n\nmore",
        ),
        ("<h2></h2><p>x</p>", "x"),
        ("<ul><li>one<li>two</ul>end", "- one\n- two\n\nend"),
        (
            "<table><tr><th>a<th>b</tr><tr><td>1</td><td>2</td></tr></table>",
            "a | b\n1 | 2",
        ),
        (
            "Fish &amp; chips&nbsp;&#x1F375;&eacute;",
            "Fish & chips \u{1F375}\u{e9}",
        ),
        ("a &lt;b&gt; &xyzzy; &", "a <b> &xyzzy; &"),
        (
            "<pre>\nfn x() {\n    1\n}\n</pre>after",
            "\nfn x() {\n    1\n}\n\nafter",
        ),
        ("a <img src=x alt='a photo'> b", "a a photo b"),
        ("<title>T</title><body>x", "T\n\nx"),
    ];
    for (html, expected) in cases {
        assert_eq!(to_text(html), expected, "{html}");
    }
}

#[test]
fn what_no_reader_sees_is_left_out() {
    let cases = [
        "<script>if (a < b) { '</p>' }</script>seen",
        "<style>p { color: red }</style>seen",
        "<!-- <p>no</p> -->seen",
        "<!doctype html>seen",
        "<svg><title>no</title><svg></svg><text>no</text></svg>seen",
        "<template><p>no</p></template>seen",
        "<noscript><p>no</p></noscript>seen",
        "<p title='no' data-x=\"<b>no\">seen",
        "seen<script>never closed",
        "seen<unknown attribute",
    ];
    for html in cases {
        assert_eq!(to_text(html), "seen", "{html}");
    }
}

/// Every short sequence of awkward pieces, so that no state is left out.
#[test]
fn broken_html_is_read_and_does_not_grow() {
    let pieces = [
        "<",
        ">",
        "</",
        "</p>",
        "<p>",
        "<li>",
        "<h1>",
        "<pre>",
        "</pre>",
        "<svg>",
        "</svg>",
        "<!--",
        "-->",
        "&",
        "&#0;",
        "\u{0}",
        "<img alt=",
        "'",
        "x",
        " ",
        "\u{1F375}",
        "<script>",
        "</script>",
    ];
    for one in pieces {
        for two in pieces {
            for three in pieces {
                let html = format!("{one}{two}{three}x");
                let text = to_text(&html);
                assert!(text.len() <= 3 * html.len(), "{html:?} {text:?}");
            }
        }
    }
}

#[test]
fn deep_nesting_takes_no_stack() {
    let depth = 200_000;
    let html = "<div>".repeat(depth) + "x" + &"</div>".repeat(depth);
    assert_eq!(to_text(&html), "x");
    let html = "<svg>".repeat(depth) + "no" + &"</svg>".repeat(depth) + "x";
    assert_eq!(to_text(&html), "x");
}

//! The exact scan against what is known of a small corpus.

use embedder::{EmbedderOptions, ModelSource};

use super::*;
use crate::seed::Seed;

fn passages() -> Vec<String> {
    let things = ["river", "engine", "violin", "harvest", "window", "bridge"];
    let say = |thing: &&str| {
        [
            format!("All about the {thing}."),
            format!("The {thing} was sold."),
        ]
    };
    things.iter().flat_map(say).collect()
}

/// Six documents of two passages each; each asks for its own by a word.
fn corpus() -> Corpus {
    let pair = |(document, query): (usize, &str)| Pair {
        query: query.to_owned(),
        document: document as u32,
        positive: Positive::Closest,
    };
    Corpus {
        passages: passages(),
        documents: (0..6).map(|at| vec![2 * at, 2 * at + 1]).collect(),
        pairs: ["the river", "the engine", "the violin"]
            .into_iter()
            .enumerate()
            .map(pair)
            .collect(),
        unpaired: 0,
    }
}

fn all(corpus: &Corpus, options: &MineOptions) -> Vec<Mined> {
    let embedder = Embedder::open(&ModelSource::BuiltIn, &EmbedderOptions::default()).unwrap();
    let mut found = Vec::new();
    mine(&embedder, corpus, options, |mined| {
        found.push(mined.clone());
        Ok(())
    })
    .unwrap();
    found
}

fn options(mined: usize, drawn: usize) -> MineOptions {
    MineOptions {
        mined,
        drawn,
        seed: Seed(3),
        ..MineOptions::default()
    }
}

#[test]
fn positives_are_ones_own_and_negatives_are_others() {
    let corpus = corpus();
    let found = all(&corpus, &options(8, 4));
    assert_eq!(found.len(), 3);
    for (pair, mined) in corpus.pairs.iter().zip(&found) {
        let Mined::Written(line) = mined else {
            panic!("{pair:?} gave {mined:?}");
        };
        let own = &corpus.documents[pair.document as usize];
        let is_own = |text: &String| own.iter().any(|&at| corpus.passages[at as usize] == *text);
        assert_eq!(line.query, pair.query);
        assert!(is_own(&line.positive), "{line:?}");
        assert_eq!(line.negatives.len(), 4);
        assert!(!line.negatives.iter().any(is_own), "{line:?}");
    }
    assert_eq!(all(&corpus, &options(8, 4)), found);
}

#[test]
fn what_scores_like_the_positive_is_left_out() {
    // The query is its positive's vector: the positive scores 1, the others 0.97 and 0.9.
    let at = |cosine: f32| [cosine, (1.0 - cosine * cosine).sqrt()];
    let passages = Matrix {
        rows: 3,
        columns: 2,
        values: [at(1.0), at(0.97), at(0.9)].concat(),
    };
    let queries = Matrix {
        rows: 1,
        columns: 2,
        values: at(1.0).to_vec(),
    };
    let corpus = Corpus {
        passages: ["own", "very close", "close"].map(str::to_owned).to_vec(),
        documents: vec![vec![0], vec![1], vec![2]],
        pairs: vec![Pair {
            query: "what".to_owned(),
            document: 0,
            positive: Positive::Closest,
        }],
        unpaired: 0,
    };
    for (margin, expected) in [(0.05, "close"), (0.01, "very close")] {
        let options = MineOptions {
            margin,
            ..options(1, 1)
        };
        let mut open = scan(&corpus, &corpus.pairs, &queries, &passages, &options).unwrap();
        let Mined::Written(line) = open.swap_remove(0).finish(&corpus, &options, 0) else {
            panic!("a negative is there");
        };
        assert_eq!(
            (line.positive.as_str(), line.negatives),
            ("own", vec![expected.to_owned()])
        );
    }
}

#[test]
fn too_few_negatives_leave_a_pair_out() {
    let mut corpus = corpus();
    corpus.passages.truncate(4);
    corpus.documents.truncate(2);
    corpus.pairs.truncate(2);
    assert_eq!(
        all(&corpus, &options(8, 3)),
        [Mined::Lacking, Mined::Lacking]
    );
}

#[test]
fn a_text_of_ones_own_is_no_negative_where_others_have_it_too() {
    let mut corpus = corpus();
    // The second document has the first one's passages as well.
    corpus.documents[1].extend([0, 1]);
    for mined in all(&corpus, &options(12, 2)).iter().take(1) {
        let Mined::Written(line) = mined else {
            panic!("{mined:?}");
        };
        let own = &corpus.passages[..2];
        assert!(
            line.negatives.iter().all(|text| !own.contains(text)),
            "{line:?}"
        );
    }
}

#[test]
fn a_positive_that_scores_nothing_says_nothing_of_a_margin() {
    let corpus = corpus();
    let zero = Matrix::zeros(3, 320);
    let passages = Matrix::zeros(12, 320);
    let open = scan(&corpus, &corpus.pairs, &zero, &passages, &options(2, 1)).unwrap();
    let finished = open
        .into_iter()
        .map(|one| one.finish(&corpus, &options(2, 1), 0));
    assert!(finished.into_iter().all(|mined| mined == Mined::Unlike));
}

# ruff: noqa: E501
"""Valid books that the fuzzer damages, and pieces it throws in."""

from __future__ import annotations

from tests.narrate.epub_builder import PNG, epub, nav_point, page

HTML = b"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>T</title>
<style>p{}</style></head><body><h1 id="a">One</h1><p>It <em>was</em> a <b>dark</b>
night, wasn&rsquo;t it?<sup><a href="#n1">1</a></sup></p><ul><li>a<ul><li>b</ul><li>c</ul><hr>
<blockquote><p>Q.</p></blockquote><div class="poem">Roses<br/>violets<br>blue</div>
<table><tr><th>A<td>1</tr></table><pre><code>x=1</code></pre><img alt="ship" src="x">
<h2>Two</h2><p>&#8220;Yes,&#x201d; he said.</p><aside epub:type="footnote" id="n1">
<p>A note. <a href="#a">back</a></p></aside><script>if(a<b){}</script></body></html>"""
MARKDOWN = b"""---
title: A
---
# One

Text *with* **marks**, [a link](http://x.y "t"), `code` and <b>html</b>.[^1]

- a
  - b
1. c

> quote

| a | b |
|---|---|
| 1 | 2 |

```
code
```
***
Two
===
![alt](x.png) ~~gone~~ \\* &amp; <http://a.b>

[^1]: Note.
"""
TEXT = b"""The Project Gutenberg eBook of X

Title: X

*** START OF THE PROJECT GUTENBERG EBOOK X ***

Produced by A. B.

CONTENTS

CHAPTER I. One
CHAPTER II. Two

CHAPTER I.

The Beginning

It was a dark and stormy night; the rain fell in torrents, except at occa-
sional intervals, when it was checked by a violent gust of wind.[1]

[Footnote 1: A note.]

    Tyger Tyger, burning bright,
    In the forests of the night;

* * * * *

"_Really_?" said Mr. Smith, at 10:30 a.m. [Illustration: A ship]

CHAPTER II

- one
- two

The end. [voice:lj] Bye. [/voice] {12} [Pg 13]

*** END OF THE PROJECT GUTENBERG EBOOK X ***

Licence.
"""
SSML = b"""<?xml version="1.0"?><speak version="1.1" xml:lang="en-US"
 xmlns="http://www.w3.org/2001/10/synthesis"><p><s>One <emphasis level="strong">two
</emphasis></s><s>three.</s></p><break time="500ms"/><prosody rate="slow" pitch="+2st"
volume="-6dB">Four <say-as interpret-as="date" format="dmy">1.2.2003</say-as></prosody>
<sub alias="World Wide Web">WWW</sub> <phoneme alphabet="ipa" ph="t&#x259;&#x2C8;me&#x26A;">
tomato</phoneme><mark name="m"/><voice name="lj">Five <say-as interpret-as="characters">
ABC</say-as></voice> <lang xml:lang="fr">six</lang> <audio src="x">seven</audio></speak>"""
_DOCUMENTS = {
    "a.xhtml": page(
        '<h1>One</h1><p id="x">Text<a epub:type="noteref" href="n.xhtml#n">1</a> here.'
        '<span epub:type="pagebreak" title="3"/></p><hr/><p class="verse">a<br/>b</p>'
    ),
    "b.xhtml": page('<h2 id="s">Two</h2><p>More &#160; text.</p><p>* * *</p>'),
    "n.xhtml": page('<aside epub:type="footnote" id="n"><p>A note.</p></aside>'),
}
EPUB3 = epub(
    _DOCUMENTS,
    nav_entries='<li><a href="a.xhtml">A</a><ol><li><a href="b.xhtml#s">B</a></li></ol>'
    "</li>",
    extra_items='<item id="c" href="c.png" properties="cover-image"/>',
    files={"OEBPS/c.png": PNG, "META-INF/encryption.xml": "<encryption/>"},
)
EPUB2 = epub(
    _DOCUMENTS,
    ncx_points=nav_point("A", "a.xhtml", nav_point("B", "b.xhtml#s")),
    not_linear=("n.xhtml",),
)
SEEDS: dict[str, tuple[bytes, ...]] = {
    "epub": (EPUB3, EPUB2),
    "html": (HTML,),
    "markdown": (MARKDOWN,),
    "text": (TEXT, TEXT.decode().encode("utf-16")),
    "ssml": (SSML,),
}
TOKENS: tuple[bytes, ...] = (
    *b"""< > & " ' / = ; : . , - _ * # | ` ~ [ ] ( ) { } ! ? \\ &amp; &lt; &#x110000; &#0;
&#99999999999999999999; &bogus; <p> </p> <b> </b> <i> <div> </div> <table> <tr> <td>
<ul> <li> <ol> </ol> <blockquote> <pre> <code> <br> <hr> <h1> <h2> </h2> <a> </a> <sup>
<script> </script> <style> <title> <svg> <math> <nav> <aside> <!-- --> <![CDATA[ ]]> <?
?> <!DOCTYPE <speak> </speak> <prosody> <break/> <say-as> <sub> <phoneme> <mark/> [[ ]]
[voice:x] [/voice] [Footnote [Illustration: [^1] [^1]: ``` --- *** === CHAPTER I II III
IV 1. - + > |-|-| $5 10:30 3.14 1/2 Dr. e.g. http://x.y x@y.z""".split(),
    b"\n",
    b"\n\n",
    b"\n\n\n\n",
    b"    ",
    b"\t",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'<a href="',
    b'<a epub:type="noteref" href="#n">',
    b'<li epub:type="footnote" id="n">',
    b'<span class="pagenum">',
    b'<prosody rate="+',
    b'<break time="1e9s"/>',
    b'<say-as interpret-as="characters">',
    b'<say-as interpret-as="telephone">',
    b'linear="no"',
    b"../../../etc/passwd",
    b'<!ENTITY x SYSTEM "file:///etc/passwd">',
    b"*** START OF THE PROJECT GUTENBERG EBOOK",
    b"word " * 70,
    b"x" * 2000,
    b"9" * 500,
)

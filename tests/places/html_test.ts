import { assertEquals } from "@std/assert";
import { link } from "../../src/places/html.ts";

Deno.test("link() escapes its text and its address", () => {
  assertEquals(
    link("<b>'A' & \"B\"</b>", "https://a.example/'?b=1&c=2"),
    '<a href="https://a.example/&#39;?b=1&amp;c=2">' +
      "&lt;b&gt;&#39;A&#39; &amp; &quot;B&quot;&lt;/b&gt;</a>",
  );
});

Deno.test("link() makes no link of what is no address of the web", () => {
  for (const href of ["", "javascript:alert(1)", "data:text/html,x", "relative"]) {
    assertEquals(link("<A>", href), "&lt;A&gt;");
  }
});

// What came while nobody looked at this tab: counted in its title, marked on its icon, gone with the first look.

export class Unseen {
  constructor() {
    this.title = document.title;
    this.icon = document.querySelector("link[rel=icon]");
    this.plain = this.icon.getAttribute("href");
    this.count = 0;
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.show(0); });
  }

  /** One more, unless somebody looks. */
  more() { if (document.hidden) this.show(this.count + 1); }

  show(count) {
    this.count = count;
    document.title = count ? `(${count}) ${this.title}` : this.title;
    const href = count ? this.icon.dataset.unseen : this.plain;
    if (this.icon.getAttribute("href") !== href) this.icon.setAttribute("href", href);
  }
}

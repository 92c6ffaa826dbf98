// What a creator asks, and the answers, in English; loaded when somebody opens the help. Each answer is a list of paragraphs;
// *what the page calls something* is between asterisks.

export const questions = [
  {
    question: "How are clips picked?",
    answer: [
      "KlipFast reads the whole transcript and looks for moments that make sense on their own: a story, an answer, a list, a joke. It keeps the best ones that don’t overlap or repeat each other, and skips greetings, sponsors and housekeeping.",
      "Moments it passed over are under *The talk*, in *Other candidates*. To make a clip of any part yourself, drag across the waveform and choose *Make clip from selection*.",
    ],
  },
  {
    question: "What does the score mean?",
    answer: [
      "The score ranks clips from 0 to 100 by how likely an editor is to post them unchanged: about two in five editors would post a 60, and four in five an 80. It doesn’t predict views. *Strong* starts at 60, *Fair* at 30; anything lower is *Quiet*.",
      "Four parts add up to the score. *Hook*: it starts where the moment starts. *Flow*: it ends where the moment ends. *Value*: what is said in between. *Energy*: how lively it sounds.",
    ],
  },
  {
    question: "What do Keep and Reject do?",
    answer: [
      "They mark your choice and delete nothing. Once a clip is marked, you can show only the kept clips, or all but the rejected ones. *Download all* and *Export timeline* follow that choice. Click again to clear the mark.",
    ],
  },
  {
    question: "How do I cut a clip by its words?",
    answer: [
      "Choose *Edit* on a clip, select words by dragging, and press *Delete* or choose *Cut*. Do the same again to restore them. You can also cut every “um”, repetition or long pause at once.",
      "*Split here* divides the clip at the preview. Drag its parts to change their order, or add the moment before or after. On the timeline, drag the clip’s ends.",
      "The preview plays your changes right away. *Render again* makes a new version; earlier versions stay.",
    ],
  },
  {
    question: "How do I fix a misheard word?",
    answer: [
      "Under *The talk*, double-click the word in the transcript. On a phone, tap *Correct words*, then the word. Type what was said, and choose whether to fix it everywhere or only here.",
      "If clips or texts still show the old word, a button above the transcript renders or regenerates them.",
    ],
  },
  {
    question: "Can I lose a text I edited?",
    answer: [
      "No. Each edit and each *Regenerate* adds a version, and the last 20 are kept. *Versions*, below a text, shows an earlier one beside the current one and what differs. *Make current* brings it back.",
    ],
  },
  {
    question: "Where are my files, and for how long?",
    answer: [
      "On the server that runs KlipFast, or in the storage its operator chose; nothing is posted anywhere. *Settings*, *Usage* shows how long your plan keeps clips. A recording is kept as long as any clip made from it.",
      "Download what you want to keep. A talk you delete stays in the trash for seven days, with its clips and texts; then all of it is gone for good.",
    ],
  },
];
